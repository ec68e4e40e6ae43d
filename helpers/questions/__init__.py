"""The exercises of the lessons, one module for each: checkers, hints and solutions."""
