/**
 * Returns the repository of an image with its registry, and without tag and digest. An image
 * without a registry is from Docker Hub, as container runtimes read it.
 */
export function repositoryOf(image: string): string {
  const [name] = image.split('@');
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const repository = colon < 0 ? name : name.slice(0, colon);
  const slash = repository.indexOf('/');
  const registry = slash < 0 ? '' : repository.slice(0, slash);
  const hasRegistry = /[.:]/.test(registry) || registry === 'localhost';
  if (hasRegistry && registry !== HUB && registry !== `index.${HUB}`) {
    return repository;
  }
  const path = hasRegistry ? repository.slice(slash + 1) : repository;
  return `${HUB}/${path.includes('/') ? '' : 'library/'}${path}`;
}

const HUB = 'docker.io';
