// While the image is built, as nobody and without a network: everything native in it loads on this base, TensorFlow computes, and
// the sequences are bundled, which a worker on a read-only root could not keep.
const { tf } = await import('../src/models/tfjs.ts');
const product = tf.tensor2d([[1, 2], [3, 4]]).matMul(tf.eye(2)).dataSync().join();
if (tf.getBackend() !== 'tensorflow' || product !== '1,2,3,4') throw new Error(`TensorFlow gave ${product} on ${tf.getBackend()}`);
const { prebuiltBundle } = await import('../src/main/bundle.ts');
const { buildId } = await prebuiltBundle(process.argv[2]);
process.stdout.write(`Node ${process.versions.node}, TensorFlow and the Temporal worker load; version ${buildId} of the sequences\n`);
process.exit(0);
