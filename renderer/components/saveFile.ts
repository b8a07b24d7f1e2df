/** Gives a text or bytes to the user as a file, by the way of any download: the browser or the system asks where to. */
export function saveFile(name: string, mediaType: string, content: string | Uint8Array): void {
  const url = URL.createObjectURL(
    new Blob([typeof content === 'string' ? content : content.slice()], { type: mediaType }),
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The download has its own hold on the content by the time that this runs.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
