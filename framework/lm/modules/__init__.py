"""What the module of a program is declared as: values and their rules, without DSPy."""
