/** Marks the lines that are ours: Vagrant and Vagrantfiles may write as well. */
export const mark = 'infrakit-states '

/**
 * A Vagrantfile that answers, as long as somebody asks, in which state machines are: starting Vagrant takes seconds, asking
 * its providers does not. It goes on where the command has ended that loads it, as nothing can be loaded before.
 */
export const watcherScript = `require "json"

def infrakit_states(folder)
  env = Vagrant::Environment.new(cwd: folder, ui_class: Vagrant::UI::Silent)
  env.active_machines.map do |name, provider|
    machine = env.machine(name, provider)
    address = begin
      machine.provider.capability(:public_address)
    rescue StandardError
      nil
    end
    # Not machine.state, which locks the machine for a moment: whoever works on it just then would fail.
    { name: name, provider: provider, state: machine.provider.state.id, address: address }
  end
rescue Exception => error
  raise if error.is_a?(SignalException)
  { error: error.message.lines.first.to_s.strip }
end

at_exit do
  STDOUT.sync = true
  while (line = STDIN.gets)
    # A line for each, so that whoever asked sees it go on; a Vagrantfile may have written half a line.
    JSON.parse(line).each { |folder| puts "\\n${mark}" + JSON.generate(infrakit_states(folder)) }
  end
  exit! 0
end
`
