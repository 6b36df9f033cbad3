import type { SoftwareContainer } from './software-container';
import type { SoftwareProfile } from './software-profile';

/**
 * Returns the check of a server that runs a process for each GPU if an option says so.
 *
 * @param options the spellings of the option
 */
export function tensorParallelCheck(
  software: string,
  options: readonly string[],
): NonNullable<SoftwareProfile['check']> {
  return (container, found) => {
    const size = Number(container.command.valueOf(...options) ?? '1');
    const room = container.smallRoom();
    if (size > 1 && room !== undefined) {
      found(
        container.match(
          `${software} in container ${container.name} runs ${size} processes (tensor parallel) with ${room} at /dev/shm, which they and NCCL share`,
          {},
          fieldOfOption(container, options),
        ),
      );
    }
  };
}

function fieldOfOption({ command, sign }: SoftwareContainer, options: readonly string[]): string {
  const written = command.words.find(word => options.some(name => word.split('=')[0] === name));
  return (written && command.fieldOf(written)) || sign;
}
