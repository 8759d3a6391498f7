/** The folder of a file, in either way of writing paths. */
export const folderOf = (file: string): string => {
  const cut = Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\"))
  if (cut <= 0) return "/"
  return file.slice(0, cut)
}
