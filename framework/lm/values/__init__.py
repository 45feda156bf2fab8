"""JSON on its way in and out: what can be kept, and what is read into typed values."""
