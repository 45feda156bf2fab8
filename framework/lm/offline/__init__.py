"""The offline model: a small, deterministic answerer for prompts that DSPy writes. No network, no key, no weights."""
