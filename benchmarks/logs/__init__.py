"""What the log of a large study costs: read for a resume, written as CSV and Parquet, loaded as frames."""
