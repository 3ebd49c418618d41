"""PROGRAM: a roll-up as a Spark job: `python rollup.py <job folder> [--end-with-stdin]`.

Reads job.json, builds the rows of its buckets as src/domain/rollup/bucket-rows.ts does, bit for bit, and writes them under the
inputs that each build names; last, and by rename, it writes result.json with what it has read and written. It seals nothing: rows
become a bucket when the step has read them back. So a crash, or two of these at once, change nothing.

Sums of doubles depend on the order of their additions. `sum` of Spark adds in the order in which partitions happen to arrive, so each
group is collected, sorted by time and added up one by one, from 0, as the worker does. A group is at most the readings of one member on
one platform in a minute, the minutes of an hour or the hours of a day.
"""

import json
import os
import sys
import threading

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

CASSANDRA = "org.apache.spark.sql.cassandra"
FIGURES = ["sum", "count", "min", "max", "first", "last", "mean", "minutes"]
KEY = ["property", "level", "bucket", "shard", "inputs"]
BUILD = ["to_bucket", "shard", "to_inputs"]
BELOW = {"hour": "minute", "day": "hour"}


def main(folder):
    with open(os.path.join(folder, "job.json"), encoding="utf-8") as file:
        job = json.load(file)
    store = json.loads(os.environ["ALMANAC_STORE"])
    spark = SparkSession.builder.appName(f"almanac {job['property']} {job['level']}").config(map=connection(store)).getOrCreate()
    try:
        rows = build(spark, store["keyspace"], job).persist()
        write(rows.drop("read"), store["keyspace"], job)
        done = rows.groupBy("bucket", "shard").agg(F.count(F.lit(1)).alias("rows"), F.sum("count").alias("count"), F.sum("read").alias("read")).collect()
        keep(folder, {"spark": spark.version, "builds": [row.asDict() for row in done]})
    finally:
        spark.stop()


def connection(store):
    """How Spark reaches the store. The password is read here, so that no command line and no file of the job holds it."""
    settings = {
        "spark.cassandra.connection.host": ",".join(store["contactPoints"]),
        "spark.cassandra.connection.port": str(store["port"]),
        "spark.cassandra.connection.localDC": store["localDataCenter"],
        "spark.cassandra.input.consistency.level": "LOCAL_QUORUM",
        "spark.cassandra.output.consistency.level": "LOCAL_QUORUM",
    }
    if "username" in store:
        with open(store["passwordFile"], encoding="utf-8") as file:
            settings.update({"spark.cassandra.auth.username": store["username"], "spark.cassandra.auth.password": file.read().rstrip("\r\n")})
    return settings


def build(spark, keyspace, job):
    """The rows of all builds of the job, each with the number of rows or readings that it was made from."""
    groups = readings(spark, keyspace, job) if job["level"] == "minute" else buckets(spark, keyspace, job)
    return groups.select(
        F.lit(job["property"]).alias("property"), F.lit(job["level"]).alias("level"), F.col("to_bucket").alias("bucket"), "shard", F.col("to_inputs").alias("inputs"),
        "member", "platform", *figures(job), F.size("parts").alias("read"),
    )


def readings(spark, keyspace, job):
    keys = frame(spark, [(job["property"], one["bucket"], one["shard"], one["bucket"], one["inputs"]) for one in job["builds"]], ["property", "minute", "shard", "to_bucket", "to_inputs"])
    # Rows of the member '' stand for the pieces that readings were written in.
    found = keys.join(table(spark, keyspace, "rollup_readings"), ["property", "minute", "shard"]).where("member != ''")
    return found.groupBy(*BUILD, "member", "platform").agg(F.array_sort(F.collect_list(F.struct("second", "value"))).alias("parts"))


def buckets(spark, keyspace, job):
    below = BELOW[job["level"]]
    keys = frame(
        spark,
        [(job["property"], below, child["bucket"], one["shard"], child["inputs"], one["bucket"], one["inputs"]) for one in job["builds"] for child in one["below"]],
        [*KEY, "to_bucket", "to_inputs"],
    )
    # Names of buckets of one level sort as their times do.
    found = keys.join(table(spark, keyspace, "rollup_buckets"), KEY)
    return found.groupBy(*BUILD, "member", "platform").agg(F.array_sort(F.collect_list(F.struct("bucket", *FIGURES))).alias("parts"))


def figures(job):
    added = "aggregate(transform(parts, part -> part.{0}), cast(0 as {1}), (total, more) -> total + more)".format
    if job["level"] == "minute":
        columns = {
            "sum": added("value", "double"), "count": "cast(size(parts) as bigint)", "min": "array_min(parts.value)", "max": "array_max(parts.value)",
            "first": "parts[0].value", "last": "element_at(parts, -1).value", "mean": "{sum} / {count}", "minutes": "1",
        }
    else:
        mean = "{sum} / {count}" if job["semantics"] == "exact" else added("mean", "double") + " / size(parts)"
        columns = {
            "sum": added("sum", "double"), "count": added("count", "bigint"), "min": "array_min(parts.min)", "max": "array_max(parts.max)",
            "first": "parts[0].first", "last": "element_at(parts, -1).last", "mean": mean, "minutes": added("minutes", "int"),
        }
    columns["mean"] = columns["mean"].replace("{sum}", columns["sum"]).replace("{count}", columns["count"])
    return [F.expr(columns[name]).alias(name) for name in FIGURES]


def table(spark, keyspace, name):
    """A join with it asks for the partitions of the keys and for nothing else, however large the table is."""
    return spark.read.format(CASSANDRA).options(keyspace=keyspace, table=name, directJoinSetting="on").load()


def frame(spark, rows, names):
    """Rows as a literal of the plan: from a list they would come out of a Python on each executor."""
    fields = ", ".join(f"{name}: {'int' if name == 'shard' else 'string'}" for name in names)
    text = json.dumps([dict(zip(names, row)) for row in rows])
    one = spark.range(1).select(F.explode(F.from_json(F.lit(text), f"array<struct<{fields}>>")).alias("row"))
    return one.select("row.*").repartition(spark.sparkContext.defaultParallelism)


def write(rows, keyspace, job):
    options = {"keyspace": keyspace, "table": "rollup_buckets"}
    if job["keepSeconds"] > 0:
        options["ttl"] = str(job["keepSeconds"])
    rows.write.format(CASSANDRA).options(**options).mode("append").save()


def keep(folder, result):
    unfinished = os.path.join(folder, ".result.json")
    with open(unfinished, "w", encoding="utf-8") as file:
        json.dump(result, file)
    os.replace(unfinished, os.path.join(folder, "result.json"))


def end_with_stdin():
    """Whoever started us holds the other end of the pipe; Spark's Java listens to ours in the same way."""

    def wait():
        while os.read(0, 4096):
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    if "--end-with-stdin" in sys.argv[2:]:
        end_with_stdin()
    main(sys.argv[1])
