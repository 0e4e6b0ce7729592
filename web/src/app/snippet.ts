/** What somebody copies into a page of another origin to show a camera there. */

interface Shown {
  camera: string;
  ticket: string;
}

/** For a page of one's own. */
export const elementOf = (gateway: string, script: string, { camera, ticket }: Shown): string =>
  `<script type="module" src="${gateway}${script}"></script>
<passerby-camera camera="${camera}" ticket="${ticket}"></passerby-camera>
`;

/** For Home Assistant: the address of the resource in a comment, and the card. */
export const cardOf = (gateway: string, script: string, { camera, ticket }: Shown): string =>
  `# ${gateway}${script}
type: custom:passerby-camera
camera: ${camera}
ticket: ${ticket}
`;
