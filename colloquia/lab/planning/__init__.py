"""What a study comes to before anybody is asked: laid out, planned, counted, priced, registered."""
