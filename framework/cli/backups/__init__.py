"""The commands `dspex backup`, `dspex restore` and `dspex after-restore`."""
