"""What a test of resources and layers needs."""
