"""One expression tree for filters, calculations, conditions and checks; SQL and memory both read it."""
