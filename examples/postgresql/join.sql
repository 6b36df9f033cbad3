-- A parallel hash join, whose workers share the hash table in /dev/shm: about 110 MiB.
SET client_min_messages = warning;
CREATE TABLE IF NOT EXISTS numbers AS SELECT n FROM generate_series(1, 1500000) AS n;
ALTER TABLE numbers SET (parallel_workers = 4);
ANALYZE numbers;
SET work_mem = '64MB';
SET hash_mem_multiplier = 4;
SET max_parallel_workers_per_gather = 4;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET enable_mergejoin = off;
SELECT count(*), min(a.n), max(b.n) FROM numbers AS a JOIN numbers AS b ON a.n = b.n;
