"""Metrics: how an expected output is compared with the actual one."""
