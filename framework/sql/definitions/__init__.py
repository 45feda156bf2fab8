"""Tables from resources: columns, keys, rules, indexes, their names, and what a server must have for them."""
