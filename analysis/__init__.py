"""What the rows mean: DuckDB views, statistics, pictures. No torch, no ray."""
