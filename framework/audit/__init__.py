"""The audit: what events say of before, and of what was refused."""
