"""What happened: frames, measures and statistics over finished transcripts."""
