"""How somebody becomes an actor here: by a key, by the cookie of a browser, or by sitting at this machine."""
