"""People judge: a local page that plays and shows, the answers, and what follows from them."""
