"""Small bugs, made one at a time in what must not fail, to see whether the tests notice."""
