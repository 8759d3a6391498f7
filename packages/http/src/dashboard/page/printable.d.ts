/** Made by the gateway from the function of the same name in `@clawdbot/domain/Text/printable`. */
export const printable: (text: string) => string
