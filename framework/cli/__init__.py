"""The command `dspex`: what the framework can be told to do, and what the domains add to it."""
