"""Community: what members say to and about each other."""
