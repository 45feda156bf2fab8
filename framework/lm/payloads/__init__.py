"""What goes into a program and what comes out, validated."""
