"""The author's words: a class body is inert, and says what a resource is by typed descriptors."""
