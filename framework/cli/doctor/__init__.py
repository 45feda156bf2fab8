"""The command `dspex doctor`: looks at an installation from all sides, and says what to do."""
