"""The HTTP process: assembles what the framework derives, and serves it."""
