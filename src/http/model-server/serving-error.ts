/** A refusal in TensorFlow Serving's words: status and `{"error": …}`. */
export class ServingError extends Error {
  readonly status: 400 | 404 | 413 | 503;

  constructor(status: ServingError['status'], sentence: string) {
    super(sentence);
    this.name = 'ServingError';
    this.status = status;
  }
}
