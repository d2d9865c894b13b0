//! A verdict as a test takes it: green, or a panic with the report.

use crate::check::Checked;

impl Checked {
    /// Whether the conversation holds under every delivery that was played: nothing was found that
    /// was confirmed, and enough could be judged to know. A finding that did not show in every
    /// replay accuses nobody.
    ///
    /// # Examples
    ///
    /// ```
    /// let script = "> \"hellö\\n\"\n< \"hellö\\n\"\n";
    /// assert!(recut::check(recut::Echo::default, script).is_green());
    /// assert!(!recut::check(recut::Tutorial::default, script).is_green());
    /// ```
    #[must_use]
    pub fn is_green(&self) -> bool {
        let is_known = self.unchecked.is_none() && self.error.is_none() && !self.interrupted;
        is_known && self.stable().next().is_none()
    }

    /// Passes if the conversation [is green](Self::is_green).
    ///
    /// # Panics
    ///
    /// With the report that `recut check` prints: if a finding is confirmed, if the target could
    /// not be started or reached, or if too little could be judged.
    ///
    /// # Examples
    ///
    /// ```
    /// recut::check(recut::Echo::default, "> \"hellö\\n\"\n< \"hellö\\n\"\n").assert();
    /// ```
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.is_green(), "{self}");
    }
}
