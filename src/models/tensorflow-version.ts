import { tf } from './tfjs.ts';

/** Version of the native library, which together with the seed decides every bit of a trained model. */
export function libtensorflowVersion(): string {
  const backend = tf.backend() as unknown as { binding: { TF_Version: string } }; // tfjs-node types it as private
  return backend.binding.TF_Version;
}
