"""What every room stands on: files, errors, tables, statistics, threads, devices."""
