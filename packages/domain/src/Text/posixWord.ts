/**
 * A word that every POSIX shell reads back as it is: for output that programs hand to a shell.
 * What people paste is quoted by `shellWord`, which also shows what cannot be printed.
 */
export const posixWord = (word: string): string => {
  if (/^[A-Za-z0-9_:.,@%+=/-]+$/.test(word)) return word
  return `'${word.replaceAll("'", "'\\''")}'`
}
