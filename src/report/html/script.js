"use strict";
for (const shown of document.querySelectorAll(".filters, .copy")) shown.hidden = false;
for (const button of document.querySelectorAll(".filters button")) {
  button.addEventListener("click", () => {
    const wanted = button.dataset.filter;
    for (const item of document.querySelectorAll("[data-verdict]"))
      item.hidden = wanted !== "all" && item.dataset.verdict !== wanted;
    for (const other of document.querySelectorAll(".filters button"))
      other.setAttribute("aria-pressed", String(other === button));
  });
}
for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      // Not every browser lets a file use the clipboard: then the command is marked.
      getSelection().selectAllChildren(button.previousElementSibling);
      button.textContent = "Marked";
    }
  });
}
