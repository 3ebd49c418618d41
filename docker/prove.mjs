// While the image is built: everything native in it loads on this base, and TensorFlow computes.
const { tf } = await import('../src/models/tfjs.ts');
const product = tf.tensor2d([[1, 2], [3, 4]]).matMul(tf.eye(2)).dataSync().join();
if (tf.getBackend() !== 'tensorflow' || product !== '1,2,3,4') throw new Error(`TensorFlow gave ${product} on ${tf.getBackend()}`);
await import('@temporalio/worker');
process.stdout.write(`Node ${process.versions.node}, TensorFlow and the Temporal worker load\n`);
process.exit(0);
