/**
 * Requests that fuzzing has shown to go wrong, shrunk: what went wrong, and the request, whose id is 7. Add to them what
 * it finds.
 */
export const cases: readonly (readonly [what: string, body: string])[] = [
  [
    'a number too small for JavaScript came back in an error as what stands for it inside',
    '{"jsonrpc":"2.0","method":"Event.List","params":[{"Name":[1e-400]}],"id":7}',
  ],
  [
    'the same in the address of an object',
    '{"jsonrpc":"2.0","method":"Instance.Validate","params":{"Type":1e-400},"id":7}',
  ],
  [
    'half a character as the scope of a fence was an error of the plugin',
    '{"jsonrpc":"2.0","method":"Fence.Raise","params":{"Scope":"\\ud800","Epoch":1},"id":7}',
  ],
  [
    'half a character as the ID of a group was an error of the plugin',
    '{"jsonrpc":"2.0","method":"Group.CommitGroup","params":{"Spec":{"ID":"\\udfff\\ud800","Properties":{"Allocation":{"Size":0},"Instance":{"Plugin":"instance-file"},"Flavor":{"Plugin":"flavor-vanilla"}}}},"id":7}',
  ],
  [
    'so was one that makes too long a file name',
    `{"jsonrpc":"2.0","method":"Group.CommitGroup","params":{"Spec":{"ID":"${'x'.repeat(300)}","Properties":{"Allocation":{"Size":0},"Instance":{"Plugin":"instance-file"},"Flavor":{"Plugin":"flavor-vanilla"}}}},"id":7}`,
  ],
]
