"""What a run leaves behind: manifest rows and the run record."""
