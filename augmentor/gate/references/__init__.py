"""Reference models that stand in for people: does anyone still understand it? All optional."""
