"""Login by an OpenID provider: whoever it says somebody is, in what groups."""
