/** A member that answers of ours have and recorded ones had not. Go's clients pass over all of them. */
export interface Addition {
  /** Path as `compareValues` writes it. */
  readonly member: RegExp
  readonly why: string
}

export const additions: readonly Addition[] = [
  { member: /^result\.Type$/, why: 'since v0.4.1 Instance and Flavor answer with the Type' },
  { member: /^result\.(Name|ID)$/, why: 'since HEAD Group and Metadata answer with Name and ID' },
  { member: /^result\.OK$/, why: 'before HEAD FreeGroup and DestroyGroup answered with OK' },
  { member: /^result\.APIs\[\]$/, why: 'the versions of several eras and interfaces of ours stand in one list' },
  { member: /^result\.Types\.[A-Z]\w+\/\d\.\d\.\d$/, why: 'interfaces of ours' },
  { member: /^result\.Objects\.[A-Z]\w+\/\d\.\d\.\d$/, why: 'interfaces of ours' },
  { member: /^result\.Nodes$/, why: 'groups stand beside specs since HEAD' },
  { member: /\.Tags\.infrakit\.provision$/, why: 'the key of the provision call' },
  { member: /^result\.Revision$/, why: 'a commit tells the revision that it made' },
  {
    member: /^result\.(Description|Value)\.(Size|Status|Revision|ConfigHash|Activities|LastFailure|Health)$/,
    why: 'what the group is doing',
  },
  {
    member: /^result\.((Description|Value)\.Instances|Descriptions)\[\]\.Properties$/,
    why: 'since HEAD members come with them',
  },
  { member: /^body\.(Implements|Interfaces)\[\]$/, why: 'all interfaces are shown, ours too' },
  { member: /^body\.(Implements|Interfaces)\[\]\.Sub$/, why: 'since HEAD' },
  {
    member: /^body\.Interfaces\[\]\.Methods\[\](\.(Request\.params|Response\.result)\.\w+)?$/,
    why: 'methods and fields of later eras',
  },
  { member: /^body\.Vendor(\.Sub)?$/, why: 'every plugin says who made it' },
]

/** Members whose value means nothing: ids of examples. */
export const incidental = /^body\.Interfaces\[\]\.Methods\[\]\.(Request|Response)\.id$/
