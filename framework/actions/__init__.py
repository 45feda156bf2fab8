"""The engine: every caller's way to every action, for one input or many alike."""
