"""What a declaration has become: frozen values that every derivation reads."""
