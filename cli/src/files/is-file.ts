/** Whether an operand names a file: `-`, a path with `/`, or a name that ends in .json, .yml or .yaml. */
export function looksLikeFile(operand: string): boolean {
  return operand === '-' || operand.includes('/') || /\.(json|ya?ml)$/i.test(operand)
}
