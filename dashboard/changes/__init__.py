"""Pure: what tells of a change, in anybody's form → changes of one vocabulary."""
