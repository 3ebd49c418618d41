import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Parts of the Java run-time that Cassandra 5.0 reaches into, as in its own conf/jvm17-server.options. */
const opens = [
  'java.base/java.lang.module', 'java.base/jdk.internal.loader', 'java.base/jdk.internal.ref', 'java.base/jdk.internal.reflect', 'java.base/jdk.internal.math',
  'java.base/jdk.internal.module', 'java.base/jdk.internal.util.jar', 'jdk.management/com.sun.management.internal', 'java.base/sun.nio.ch', 'java.base/java.io',
  'java.base/java.nio', 'java.base/java.lang.reflect', 'java.base/java.lang', 'java.base/java.util', 'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic', 'jdk.compiler/com.sun.tools.javac',
];
const exported = [
  'java.base/jdk.internal.misc', 'java.base/jdk.internal.ref', 'java.base/sun.nio.ch', 'java.base/java.lang.ref', 'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry', 'java.rmi/sun.rmi.server', 'java.sql/java.sql', 'jdk.unsupported/sun.misc', 'jdk.compiler/com.sun.tools.javac.file', 'jdk.attach/sun.tools.attach',
];

/** Arguments of the `java` that runs one node. Resident memory is about the heap and 340 MB. */
export function cassandraJavaArgs(options: { jars: string; folder: string; heapMb: number; yaml: string; logback: string; temporary: string }): string[] {
  const sizeEstimator = readdirSync(options.jars).find((name) => /^jamm-.*\.jar$/.test(name));
  if (sizeEstimator === undefined) throw new Error(`${options.jars} holds no jamm jar: it is not a complete Cassandra`);
  return [
    ...opens.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
    ...exported.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
    `-javaagent:${path.join(options.jars, sizeEstimator)}`,
    '-Djdk.attach.allowAttachSelf=true',
    '-Dio.netty.tryReflectionSetAccessible=true',
    `-Xms${options.heapMb}m`,
    `-Xmx${options.heapMb}m`,
    '-XX:MaxDirectMemorySize=256m',
    '-XX:+UseSerialGC',
    '-Xss512k',
    '-XX:+ExitOnOutOfMemoryError',
    `-Dcassandra.config=${pathToFileURL(options.yaml)}`,
    `-Dcassandra.storagedir=${options.folder}`,
    `-Dcassandra.logdir=${path.join(options.folder, 'log')}`,
    `-Dlogback.configurationFile=${pathToFileURL(options.logback)}`,
    `-Djava.io.tmpdir=${options.temporary}`,
    '-Dcassandra-foreground=yes',
    '-Dcassandra.superuser_setup_delay_ms=0',
    // One node has nobody to wait for, neither at its start nor to announce its end to.
    '-Dcassandra.skip_wait_for_gossip_to_settle=0',
    '-Dcassandra.ring_delay_ms=0',
    '-Dcassandra.shutdown_announce_in_ms=0',
    '-cp',
    `${options.jars}/*`,
    'org.apache.cassandra.service.CassandraDaemon',
  ];
}
