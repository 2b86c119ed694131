"""Is it realistic? New examples of a category beside real ones, or beside what is known of them."""
