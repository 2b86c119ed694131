"""What shares of a round's new examples do: gain against budget, and what more would buy."""
