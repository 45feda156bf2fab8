"""Improving a program: the optimizers, what they may spend, and how a run is watched, stopped and resumed."""
