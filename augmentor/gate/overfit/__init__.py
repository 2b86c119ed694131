"""Can the user's training learn a handful of examples by heart? And if not, why not?"""
