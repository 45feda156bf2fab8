"""Who calls: from a request to a context, the same way for every domain and every transport."""
