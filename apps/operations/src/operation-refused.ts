/** Why something is not done, in a sentence for the person who asked for it. */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused';
}
