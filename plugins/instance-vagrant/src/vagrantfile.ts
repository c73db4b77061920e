import type { VagrantProperties } from './properties.js'

/** Those that have so much memory and so many processors as one asks for. */
const sized = ['virtualbox', 'libvirt', 'vmware_desktop', 'parallels', 'hyperv']

/** The Vagrantfile of a machine that is made of a box. */
export function vagrantfileFor(
  { box = '', cpus, memory }: Pick<VagrantProperties, 'box' | 'cpus' | 'memory'>,
  { id, logicalId, hasInit }: { readonly id: string; readonly logicalId: string | null; readonly hasInit: boolean },
): string {
  const network = logicalId === null ? 'type: "dhcp"' : `ip: ${rubyText(logicalId)}`
  return [
    'Vagrant.configure("2") do |config|',
    `  config.vm.box = ${rubyText(box)}`,
    `  config.vm.hostname = ${rubyText(id)}`,
    `  config.vm.network "private_network", ${network}`,
    ...(hasInit ? ['  config.vm.provision "shell", path: "boot.sh"'] : []),
    `  ${JSON.stringify(sized)}.each do |name|`,
    '    config.vm.provider name do |machine|',
    `      machine.memory = ${memory}`,
    `      machine.cpus = ${cpus}`,
    '    end',
    '  end',
    'end',
    '',
  ].join('\n')
}

/** A text of Ruby that is just this. */
export function rubyText(text: string): string {
  return `'${text.replaceAll(/[\\']/g, (sign) => `\\${sign}`)}'`
}
