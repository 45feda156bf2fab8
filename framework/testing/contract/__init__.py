"""The suite that every data layer passes: inherit its classes where a fixture `layer` gives an empty one."""
